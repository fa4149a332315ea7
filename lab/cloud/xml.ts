/** XML in both directions, faithful: values stay strings, repeated elements of AWS lists stay lists. */
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { asRecord, type Parameters } from './parameters.ts';

const ATTRIBUTE = '@';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: ATTRIBUTE,
  ignoreDeclaration: true,
  parseTagValue: false,
  isArray: (name) => name === 'item' || name === 'member',
});

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: ATTRIBUTE });

export const parseXml = (text: string): Parameters => asRecord(parser.parse(text));

export const buildXml = (tree: object): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(tree)}`;

/** A list as the query protocol writes it. */
export const members = (values: readonly unknown[]): object => ({ member: values });
