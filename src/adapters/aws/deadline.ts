/** The caller's signal, or a deadline of our own, whichever ends first. */
export const within = (deadlineMs: number, signal?: AbortSignal): AbortSignal => {
  const timeout = AbortSignal.timeout(deadlineMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
};
