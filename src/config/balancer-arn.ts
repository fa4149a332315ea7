/** Which load balancers can lead users to another side, told by the ARN of a listener or rule. */

const ARN = 'arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:';
const LISTENER = new RegExp(`^${ARN}listener/(app|net)/[^/ ]+/[0-9a-f]+/[0-9a-f]+$`);
const RULE = new RegExp(`^${ARN}listener-rule/app/[^/ ]+/[0-9a-f]+/[0-9a-f]+/[0-9a-f]+$`);

export const BALANCER_ARNS = {
  listener: {
    pattern: LISTENER,
    allowed:
      'the ARN of a listener of an Application or Network Load Balancer, arn:aws:elasticloadbalancing:...:listener/app/...',
  },
  rule: {
    pattern: RULE,
    allowed:
      'the ARN of an Application Load Balancer rule, arn:aws:elasticloadbalancing:...:listener-rule/app/...',
  },
} as const;

/** What is wrong with an ARN, or `null`. */
export const balancerProblem = (kind: keyof typeof BALANCER_ARNS, arn: string): string | null => {
  const { pattern, allowed } = BALANCER_ARNS[kind];
  if (pattern.test(arn)) return null;
  if (/:listener(-rule)?\/gwy\//.test(arn)) {
    return `a Gateway Load Balancer leads no users to servers, so it is not supported; allowed: ${allowed}`;
  }
  if (/:loadbalancer\/(?!app\/|net\/|gwy\/)/.test(arn)) {
    return `a Classic Load Balancer is named by its name, as in classic: web; allowed: ${allowed}`;
  }
  return `allowed: ${allowed}`;
};

export const isNetworkListener = (arn: string): boolean => /:listener\/net\//.test(arn);

/** The listener that a rule belongs to, or the listener itself. */
export const listenerOf = (arn: string): string =>
  arn.replace(/:listener-rule\/(.+)\/[^/]+$/, ':listener/$1');
