/** EC2's user data in the lab: the API server's variables, one `NAME=value` a line, as cloud-init would write them to its unit's EnvironmentFile. */

export type UserData = Readonly<Record<string, string>>;

/** @throws Error on a line that is none. */
export const readUserData = (text: string): UserData =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, name = '', value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
        if (name === '') throw new Error(`user data: ${line} is no variable`);
        return [name, value];
      }),
  );

export const writeUserData = (variables: UserData): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
