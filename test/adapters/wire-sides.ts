/** A fleet with two sides behind one load balancer, as the AWS services tell it. */
import type { Fleet } from '../../src/config/fleet.ts';
import { BLUE, FLEET, GREEN } from './wire-fleet.ts';
import { type WireAnswer, xml } from './wire-server.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:';
export const LISTENER = `${ARN}listener/app/web/50dc6c495c0c9188/0467ef3c8400ae65`;
export const RULE = `${ARN}listener-rule/app/web/50dc6c495c0c9188/0467ef3c8400ae65/9683b2d02a6cabee`;
export const PREVIEW = `${ARN}listener-rule/app/web/50dc6c495c0c9188/0467ef3c8400ae65/1111111111111111`;

export const TWO_SIDES: Fleet = {
  ...FLEET,
  application: { port: 8080, path: '/check' },
  standby: { group: 'shop-green', cluster: 'green' },
  routing: { kind: 'application', arn: LISTENER, port: 80, isSecure: false },
  sessions: { maps: ['sessions'], entriesPerS: 15_000, leastTtlMs: 5_000, vault: null },
};

const member = (content: string): string => `<member>${content}</member>`;

const groupOf = (name: string, targetGroups: readonly string[]): string =>
  member(
    `<AutoScalingGroupName>${name}</AutoScalingGroupName><MinSize>0</MinSize><MaxSize>4</MaxSize><DesiredCapacity>3</DesiredCapacity><TargetGroupARNs>${targetGroups.map(member).join('')}</TargetGroupARNs>`,
  );

/** Both groups in one answer: each reader finds its own. */
export const groupsXml = (blue: readonly string[] = [BLUE], green: readonly string[] = [GREEN]) =>
  xml(
    'DescribeAutoScalingGroups',
    `<AutoScalingGroups>${groupOf(FLEET.group, blue)}${groupOf('shop-green', green)}</AutoScalingGroups>`,
  );

interface RuleShape {
  readonly arn?: string;
  readonly priority?: string;
  /** Of each target group. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Whose header it wants; absent: none. */
  readonly header?: string;
  /** The rest of its actions, as they are on the wire. */
  readonly actions?: string;
  readonly sticky?: boolean;
}

const ruleXml = ({
  arn = RULE,
  priority = 'default',
  weights = { [BLUE]: 1 },
  header,
  actions = '',
  sticky = false,
}: RuleShape): string => {
  const groups = Object.entries(weights).map(([group, weight]) =>
    member(`<TargetGroupArn>${group}</TargetGroupArn><Weight>${weight}</Weight>`),
  );
  const stickiness = sticky
    ? '<TargetGroupStickinessConfig><Enabled>true</Enabled><DurationSeconds>3600</DurationSeconds></TargetGroupStickinessConfig>'
    : '';
  const forward = member(
    `<Type>forward</Type><Order>2</Order><ForwardConfig><TargetGroups>${groups.join('')}</TargetGroups>${stickiness}</ForwardConfig>`,
  );
  const condition =
    header === undefined
      ? ''
      : member(
          `<Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>X-Quorate-Preview</HttpHeaderName><Values>${member(header)}</Values></HttpHeaderConfig>`,
        );
  return member(
    `<RuleArn>${arn}</RuleArn><Priority>${priority}</Priority><IsDefault>${priority === 'default'}</IsDefault><Conditions>${condition}</Conditions><Actions>${actions}${groups.length === 0 ? '' : forward}</Actions>`,
  );
};

export const rulesXml = (...rules: readonly RuleShape[]): WireAnswer =>
  xml('DescribeRules', `<Rules>${rules.map(ruleXml).join('')}</Rules>`);

export const AUTHENTICATE = member(
  '<Type>authenticate-oidc</Type><Order>1</Order><AuthenticateOidcConfig><Issuer>https://id.example</Issuer><AuthorizationEndpoint>https://id.example/a</AuthorizationEndpoint><TokenEndpoint>https://id.example/t</TokenEndpoint><UserInfoEndpoint>https://id.example/u</UserInfoEndpoint><ClientId>c</ClientId></AuthenticateOidcConfig>',
);

/** Users are on the blue side, and every change is taken. */
export const sideAnswers = (): Record<string, WireAnswer> => ({
  DescribeAutoScalingGroups: groupsXml(),
  DescribeRules: rulesXml({}),
  CreateRule: xml('CreateRule', ''),
  DeleteRule: xml('DeleteRule', ''),
  ModifyListener: xml('ModifyListener', ''),
  ModifyRule: xml('ModifyRule', ''),
  UpdateAutoScalingGroup: xml('UpdateAutoScalingGroup', ''),
  SuspendProcesses: xml('SuspendProcesses', ''),
  ResumeProcesses: xml('ResumeProcesses', ''),
});
