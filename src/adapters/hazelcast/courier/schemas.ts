/**
 * Compact values name their schema by a number; a cluster that does not know it cannot read them. So a schema is on the new
 * side before the first value that needs it, those of the records inside included: which these are only the record tells.
 */
import type { Reading } from '../../../core/observation.ts';
import type { Bytes, SchemaText } from '../../../courier/ports.ts';
import { type Member, type Members, tryAsk } from './members.ts';
import { dataOf, insideOf, type Long, library, type Schema } from './wire.ts';

export interface Schemas {
  /** Never rejects. An error: it could not be brought, and nothing that needs it may be written. */
  readonly bring: (key: Bytes, value: Bytes) => Promise<Reading<null>>;
}

/** Takes a schema to where it is needed. Never rejects. */
type Deliver = (schema: Schema) => Promise<Reading<null>>;

const TYPE_AT = 4;
const COMPACT = -55;
const SCHEMA_AT = 8;
/** Of `FieldKind`: a record, and an array of them. */
const RECORDS = new Set([29, 30]);
const DEADLINE_MS = 3_000;
/** A member that has just joined may be missing from the first answer. */
const SEND = { tries: 10, pauseMs: 200 };
/** Deeper records than this are no sessions. */
const DEPTH_MAX = 64;

const DONE = { ok: true, value: null } as const;

/** Of the source, brought to the target. */
export const createSchemas = (source: Members, target: Members): Schemas =>
  schemasOf(source, async (schema) => await sendSchema(target, schema));

/** Of the source, for whoever keeps them. */
export const createSchemaBook = (
  source: Members,
): Schemas & { readonly all: () => readonly SchemaText[] } => {
  const found: SchemaText[] = [];
  const schemas = schemasOf(source, async ({ typeName, fields }) => {
    const plain = fields.map(({ fieldName, kind }) => ({ fieldName, kind }));
    found.push({ typeName, fields: plain });
    return DONE;
  });
  return { ...schemas, all: () => found };
};

/** As they were kept, to every member of the target. Never rejects. */
export const sendSchemas = async (
  target: Members,
  schemas: readonly SchemaText[],
): Promise<Reading<null>> => {
  for (const each of schemas) {
    const sent = await sendSchema(target, each);
    if (!sent.ok) return sent;
  }
  return DONE;
};

const schemasOf = (source: Members, deliver: Deliver): Schemas => {
  /** Schemas without records inside, by the bytes of their number: seen once is enough. */
  const flat = new Set<string>();
  const bringing = new Map<string, Promise<Reading<Schema>>>();
  const bringOne = async (reader: Member, id: Long): Promise<Reading<Schema>> => {
    const name = id.toString();
    const begun = bringing.get(name) ?? fetchSchema(reader, id, deliver);
    bringing.set(name, begun);
    const brought = await begun;
    if (!brought.ok) bringing.delete(name);
    return brought;
  };
  const bring = async (bytes: Bytes): Promise<Reading<null>> => {
    if (bytes.length < SCHEMA_AT + 8 || bytes.readInt32BE(TYPE_AT) !== COMPACT) return DONE;
    const own = bytes.toString('latin1', SCHEMA_AT, SCHEMA_AT + 8);
    if (flat.has(own)) return DONE;
    const [reader] = source.all();
    if (reader === undefined) return { ok: false, error: 'no member to ask for a schema' };
    for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
      const missing = missingIn(reader, bytes);
      if (missing === null) return DONE;
      const brought = await bringOne(reader, missing);
      if (!brought.ok) return brought;
      insideOf(reader.client).schemaService.putIfAbsent(brought.value);
      const isFlat = !brought.value.fields.some(({ kind }) => RECORDS.has(kind));
      if (depth === 0 && isFlat) {
        flat.add(own);
        return DONE;
      }
    }
    return { ok: false, error: 'a record with too many schemas' };
  };
  return {
    bring: async (key, value) => {
      const brought = await bring(key);
      return brought.ok ? await bring(value) : brought;
    },
  };
};

/** The first schema that the client lacks to read it; what it reads is thrown away. */
const missingIn = ({ client }: Member, bytes: Bytes): Long | null => {
  try {
    insideOf(client).getSerializationService().toObject(dataOf(bytes));
    return null;
  } catch (error) {
    if (error instanceof Error && 'schemaId' in error) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- SchemaNotFoundError, undeclared
      return error.schemaId as Long;
    }
    // What the client cannot read for another reason needs no schema that we know of.
    return null;
  }
};

const fetchSchema = async (
  reader: Member,
  id: Long,
  deliver: Deliver,
): Promise<Reading<Schema>> => {
  const asked = library.ClientFetchSchemaCodec.encodeRequest(id);
  const answer = await tryAsk(reader, asked, { partition: -1, deadlineMs: DEADLINE_MS });
  if (!answer.ok) return answer;
  const schema = library.ClientFetchSchemaCodec.decodeResponse(answer.value);
  if (schema === null) return { ok: false, error: `the old side has no schema ${id.toString()}` };
  const delivered = await deliver(schema);
  return delivered.ok ? { ok: true, value: schema } : delivered;
};

const sendSchema = async (target: Members, schema: SchemaText): Promise<Reading<null>> => {
  for (let tries = 0; tries < SEND.tries; tries += 1) {
    const [writer] = target.all();
    if (writer !== undefined && (await isKnownTo(writer, schema))) return DONE;
    await new Promise((resolve) => setTimeout(resolve, SEND.pauseMs));
  }
  return { ok: false, error: `the new side does not take the schema of ${schema.typeName}` };
};

/** By every member of its cluster. */
const isKnownTo = async (writer: Member, schema: SchemaText): Promise<boolean> => {
  const request = library.ClientSendSchemaCodec.encodeRequest(schema);
  const sent = await tryAsk(writer, request, { partition: -1, deadlineMs: DEADLINE_MS });
  if (!sent.ok) return false;
  const codec = library.ClientSendSchemaCodec;
  const knowing = new Set([...codec.decodeResponse(sent.value)].map((uuid) => uuid.toString()));
  return writer.client
    .getCluster()
    .getMembers()
    .every(({ uuid }) => knowing.has(uuid.toString()));
};
