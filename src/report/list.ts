import * as v from 'valibot';

/** A list that nobody changes. */
export const list = <const T extends v.GenericSchema>(item: T) =>
  v.pipe(v.array(item), v.readonly());
