/** IAM roles of the template, and who may take them on. */
import { isRecord, type Parameters, records, text } from '../parameters.ts';
import { checkStatement } from './check-statement.ts';
import { evaluate } from './evaluate.ts';
import { parsePolicy, type Statement } from './policy.ts';

export interface Role {
  /** Logical id. */
  readonly id: string;
  readonly arn: string;
  readonly statements: readonly Statement[];
  readonly trust: readonly Statement[];
}

/** What would change a role's rights, and the lab does not judge. */
const UNKNOWN = ['ManagedPolicyArns', 'PermissionsBoundary'];

/** @throws Error for a policy that AWS or the lab would not understand. */
export const readRole = async (id: string, arn: string, properties: Parameters): Promise<Role> => {
  const unknown = UNKNOWN.find((name) => properties[name] !== undefined);
  if (unknown !== undefined) throw new Error(`${id}: the lab knows no ${unknown}`);
  const policies = records(properties, 'Policies');
  const statements = policies.flatMap((policy) =>
    parsePolicy(id, text(policy, 'PolicyName'), policy['PolicyDocument']),
  );
  for (const statement of statements) await checkStatement(statement);
  const trust = properties['AssumeRolePolicyDocument'];
  return { id, arn, statements, trust: isRecord(trust) ? parsePolicy(id, 'trust', trust) : [] };
};

/** Whether a service of this account, such as `lambda.amazonaws.com`, may act as the role. */
export const mayAssume = ({ trust, arn }: Role, service: string, account: string): boolean => {
  const speaking = trust.filter(({ services }) => services.includes(service));
  const values = new Map([['aws:sourceaccount', [account]]]);
  return evaluate(speaking, { action: 'sts:AssumeRole', resource: arn, values }).kind === 'allowed';
};
