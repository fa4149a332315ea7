/** Which of the rights in the template were made use of: a right that no run ever needs is one too many. */
import { actionMatches } from './match.ts';
import type { Statement } from './policy.ts';

export interface Rights {
  /** Takes in what a policy allows. */
  grant: (statements: readonly Statement[]) => void;
  use: (statements: readonly Statement[], action: string) => void;
  /** `policy/Sid service:Action`, the action as the policy spells it, in its order. Roles may share a policy. */
  granted: () => readonly string[];
  /** The same, of those that were used. */
  used: () => readonly string[];
}

export const createRights = (): Rights => {
  const granted = new Set<string>();
  const used = new Set<string>();
  return {
    grant: (statements) => {
      for (const statement of statements) {
        if (statement.effect !== 'Allow') continue;
        for (const action of statement.actions) granted.add(nameOf(statement, action));
      }
    },
    use: (statements, action) => {
      for (const statement of statements) {
        for (const pattern of statement.actions) {
          if (actionMatches(pattern, action)) used.add(nameOf(statement, pattern));
        }
      }
    },
    granted: () => [...granted],
    used: () => [...granted].filter((name) => used.has(name)),
  };
};

const nameOf = ({ policy, sid }: Statement, action: string): string => `${policy}/${sid} ${action}`;
