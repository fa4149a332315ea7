/**
 * Who may do what: the roles of the template and the functions' own policies, asked for every call that carries a
 * function's credentials and for whatever AWS's services do in a role's name. Calls of the lab itself are not asked about.
 */
import { PLAN } from '../../parts.ts';
import { AwsError } from '../aws-error.ts';
import type { FunctionSpec } from '../lambda.ts';
import { optionalText, type Parameters } from '../parameters.ts';
import type { Call } from '../wire.ts';
import { CANNOT_JUDGE, denialOf, type Refusal, sentenceOf } from './denial.ts';
import { evaluate, type Request } from './evaluate.ts';
import { actionMatches } from './match.ts';
import { parsePolicy, type Statement } from './policy.ts';
import { actionOf, requestsOf } from './requests.ts';
import { createRights, type Rights } from './rights.ts';
import { mayAssume, type Role, readRole } from './roles.ts';
import type { Lookup } from './touched.ts';

export interface Authority {
  readonly rights: Rights;
  /** @throws Error for a policy that the lab cannot judge. */
  addRole: (id: string, arn: string, properties: Parameters) => Promise<void>;
  /** `AWS::Lambda::Permission`. */
  addPermission: (functionArn: string, properties: Parameters) => void;
  /** `null`: it may. @throws AwsError for a call that the lab cannot judge. */
  refusalOf: (call: Call, caller: FunctionSpec, callerArn: string) => Promise<AwsError | null>;
  /** What a service does in a role's name. @returns AWS's sentence, `null` when it may. */
  serviceRefusal: (act: ServiceAct) => string | null;
  /** A service that invokes a function by the function's own policy. @returns AWS's sentence, `null` when it may. */
  invokeRefusal: (invocation: Invocation) => string | null;
}

export interface ServiceAct {
  /** `scheduler.amazonaws.com` */
  readonly service: string;
  readonly roleArn: string | null;
  /** `service:Action` */
  readonly action: string;
  readonly resource: string;
}

export interface Invocation {
  readonly service: string;
  readonly sourceArn: string;
  readonly functionArn: string;
}

export const createAuthority = (lookup: Lookup): Authority => {
  const roles = new Map<string, Role>();
  const permissions: Statement[] = [];
  const rights = createRights();

  const refusal = (
    role: Role | undefined,
    requests: readonly Request[],
  ): { request: Request; verdict: Refusal } | null => {
    const allowed: { by: readonly Statement[]; action: string }[] = [];
    for (const request of requests) {
      const verdict = evaluate(role?.statements ?? [], request);
      if (verdict.kind !== 'allowed') return { request, verdict };
      allowed.push({ by: verdict.by, action: request.action });
    }
    // Only now: a call that is refused made no use of anything.
    for (const { by, action } of allowed) rights.use(by, action);
    return null;
  };
  return {
    rights,
    addRole: async (id, arn, properties) => {
      const role = await readRole(id, arn, properties);
      roles.set(arn, role);
      rights.grant(role.statements);
    },
    addPermission: (functionArn, properties) =>
      void permissions.push(...permissionOf(functionArn, properties)),
    refusalOf: async (call, caller, callerArn) => {
      const role = roles.get(caller.role ?? '');
      const requests = await requestsOf(call, callerArn, lookup).catch((error: unknown) => {
        // Whatever it touches: no policy speaks of it.
        const action = actionOf(call);
        if (!names(role, action)) return [{ action, resource: '*', values: new Map() }];
        throw new AwsError(CANNOT_JUDGE, String(error), 500);
      });
      const refused = refusal(role, requests);
      if (refused === null) return null;
      const user = sessionArn(caller.role, caller.name);
      return denialOf(call, sentenceOf(user, refused.request, refused.verdict));
    },
    serviceRefusal: ({ service, roleArn, action, resource }) => {
      const role = roles.get(roleArn ?? '');
      if (role === undefined || !mayAssume(role, service, PLAN.account)) {
        return `${service} is not authorized to perform: sts:AssumeRole on resource: ${roleArn ?? 'no role'}`;
      }
      const refused = refusal(role, [{ action, resource, values: new Map() }]);
      if (refused === null) return null;
      const user = sessionArn(roleArn, service.split('.')[0] ?? service);
      return sentenceOf(user, refused.request, refused.verdict);
    },
    invokeRefusal: ({ service, sourceArn, functionArn }) => {
      const speaking = permissions.filter(({ services }) => services.includes(service));
      const values = new Map([
        ['aws:sourcearn', [sourceArn]],
        ['aws:sourceaccount', [PLAN.account]],
      ]);
      const request = { action: 'lambda:InvokeFunction', resource: functionArn, values };
      return evaluate(speaking, request).kind === 'allowed'
        ? null
        : `User: ${service} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn} because no resource-based policy allows the lambda:InvokeFunction action`;
    },
  };
};

const names = (role: Role | undefined, action: string): boolean =>
  role?.statements.some(({ actions }) =>
    actions.some((pattern) => actionMatches(pattern, action)),
  ) === true;

const sessionArn = (roleArn: string | null, session: string): string =>
  `arn:aws:sts::${PLAN.account}:assumed-role/${roleArn?.split('/').at(-1) ?? 'none'}/${session}`;

/** As Lambda's AddPermission writes it into the function's policy. */
const permissionOf = (functionArn: string, properties: Parameters): readonly Statement[] => {
  const sourceArn = optionalText(properties, 'SourceArn');
  const account = optionalText(properties, 'SourceAccount');
  const statement = {
    Effect: 'Allow',
    Principal: { Service: optionalText(properties, 'Principal') },
    Action: optionalText(properties, 'Action'),
    Resource: functionArn,
    Condition: {
      ...(sourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': sourceArn } }),
      ...(account === undefined ? {} : { StringEquals: { 'AWS:SourceAccount': account } }),
    },
  };
  return parsePolicy(functionArn, 'permission', { Statement: [statement] });
};
