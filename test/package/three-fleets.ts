/** Fleets of every kind that the template knows. */
const BALANCER = 'app/web/50dc6c495c0c9188';
const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012';
export const LISTENER = `${ARN}:listener/${BALANCER}/0467ef3c8400ae65`;
export const RULE = `${ARN}:listener-rule/${BALANCER}/1111111111111111/9683b2d02a6cabee`;

/** One with a listener and sessions, one with a rule, one in shadow: no right to do anything for that one. */
export const THREE_FLEETS = `
fleets:
  api-1:
    mode: act
    group: api
    networks: [10.77.0.0/16]
    member: { service: api.service, cluster: blue }
    application: { port: 8080, path: /health }
    standby: { group: api-green, cluster: green }
    routing: { listener: "${LISTENER}" }
    sessions: { maps: [sessions] }
  shop:
    mode: act
    group: shop
    networks: [10.77.0.0/16]
    member: { service: shop.service, cluster: blue }
    application: { port: 8080, path: /health }
    standby: { group: shop-green, cluster: green }
    routing: { rule: "${RULE}" }
  web: { group: web, networks: [10.77.0.0/16], member: { service: web.service } }
`;
