/** SSM command documents, schema 2.2: parameters are checked, steps become scripts with an environment. */
import { AwsError } from './aws-error.ts';
import {
  isRecord,
  optionalNumber,
  optionalText,
  type Parameters,
  record,
  records,
  texts,
} from './parameters.ts';

export interface SsmDocument {
  readonly name: string;
  readonly parameters: Readonly<Record<string, SsmParameter>>;
  readonly steps: readonly SsmStep[];
}

export interface SsmParameter {
  readonly default: readonly string[] | null;
  readonly allowedPattern: string | undefined;
  readonly allowedValues: readonly string[];
  readonly maxChars: number | undefined;
  readonly minChars: number | undefined;
  /** Given as the environment variable `SSM_<name>` instead of as text. */
  readonly isEnvironment: boolean;
}

interface SsmStep {
  readonly script: string;
  /** Text, because it may be a parameter. */
  readonly timeoutSeconds: string;
  readonly exitsOnFailure: boolean;
}

export interface SsmScript {
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly exitsOnFailure: boolean;
}

/** An agent since 3.3.2746.0 passes `ENV_VAR` parameters as variables; an older one only replaces text. */
export type Agent = 'current' | 'text-only';

const TIMEOUT_S_DEFAULT = '3600';

/** @throws Error when the lab does not understand the document: a scenario must not pass on half of one. */
export const parseDocument = (name: string, content: unknown): SsmDocument => {
  const document = typeof content === 'string' ? (JSON.parse(content) as unknown) : content;
  if (!isRecord(document) || document['schemaVersion'] !== '2.2') {
    throw new Error(`SSM document ${name}: schema 2.2 expected`);
  }
  const steps = records(document, 'mainSteps').map((step): SsmStep => {
    if (step['action'] !== 'aws:runShellScript') {
      throw new Error(`SSM document ${name}: the lab runs aws:runShellScript only`);
    }
    const inputs = record(step, 'inputs');
    return {
      script: texts(inputs, 'runCommand').join('\n'),
      timeoutSeconds: optionalText(inputs, 'timeoutSeconds') ?? TIMEOUT_S_DEFAULT,
      exitsOnFailure: inputs['onFailure'] === 'exit',
    };
  });
  const parameters = Object.entries(record(document, 'parameters'));
  return { name, steps, parameters: Object.fromEntries(parameters.map(parseParameter)) };
};

const parseParameter = ([name, value]: [string, unknown]): [string, SsmParameter] => {
  const given = isRecord(value) ? value : {};
  const preset = given['default'];
  return [
    name,
    {
      default: preset === undefined ? null : [preset].flat().map(String),
      allowedPattern: optionalText(given, 'allowedPattern'),
      allowedValues: texts(given, 'allowedValues'),
      maxChars: optionalNumber(given, 'maxChars'),
      minChars: optionalNumber(given, 'minChars'),
      isEnvironment: given['interpolationType'] === 'ENV_VAR',
    },
  ];
};

export type SsmValues = Readonly<Record<string, readonly string[]>>;

/** What `SendCommand` checks. @throws AwsError `InvalidParameters`. */
export const checkValues = (document: SsmDocument, given: Parameters): SsmValues => {
  const unknown = Object.keys(given).find((name) => !(name in document.parameters));
  if (unknown !== undefined) throw invalid(`${unknown} is not a parameter of ${document.name}`);
  const values = Object.entries(document.parameters).map(([name, parameter]) => {
    const value = given[name] === undefined ? parameter.default : texts(given, name);
    if (value === null) throw invalid(`${name} has no value`);
    for (const each of value) checkValue(name, parameter, each);
    return [name, value] as const;
  });
  return Object.fromEntries(values);
};

const checkValue = (name: string, parameter: SsmParameter, value: string): void => {
  const { allowedPattern, allowedValues, maxChars, minChars } = parameter;
  const isAllowed =
    (allowedPattern === undefined || new RegExp(allowedPattern).test(value)) &&
    (allowedValues.length === 0 || allowedValues.includes(value)) &&
    value.length <= (maxChars ?? Number.POSITIVE_INFINITY) &&
    value.length >= (minChars ?? 0);
  if (!isAllowed) throw invalid(`the value of ${name} is not allowed`);
};

const invalid = (why: string): AwsError => new AwsError('InvalidParameters', why);

/** The document's steps as the agent of that age would run them. */
export const scriptsOf = (
  document: SsmDocument,
  values: SsmValues,
  agent: Agent,
): readonly SsmScript[] => {
  const isVariable = (name: string): boolean =>
    agent === 'current' && document.parameters[name]?.isEnvironment === true;
  const textOf = (name: string): string =>
    isVariable(name) ? `$SSM_${name}` : (values[name] ?? []).join(',');
  const fill = (template: string): string =>
    template.replaceAll(/\{\{\s*([\w-]+)\s*\}\}/g, (whole, name: string) =>
      name in values ? textOf(name) : whole,
    );
  const variables = Object.entries(values).filter(([name]) => isVariable(name));
  const environment = Object.fromEntries(
    variables.map(([name, value]) => [`SSM_${name}`, value.join(',')]),
  );
  const secondsOf = (step: SsmStep): number =>
    Number(
      step.timeoutSeconds.replaceAll(/\{\{\s*([\w-]+)\s*\}\}/g, (_, name: string) =>
        (values[name] ?? []).join(''),
      ),
    );
  return document.steps.map((step) => ({
    script: fill(step.script),
    environment,
    timeoutMs: secondsOf(step) * 1000,
    exitsOnFailure: step.exitsOnFailure,
  }));
};
