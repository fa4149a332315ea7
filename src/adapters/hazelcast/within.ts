/** What `promise` resolves with, or `late`. @param ms from now. */
export const within = async <T>(promise: Promise<T>, ms: number): Promise<T | 'late'> => {
  const late = Promise.withResolvers<'late'>();
  // A busy process runs late timers before it reads what has arrived.
  const timer = setTimeout(() => setImmediate(() => late.resolve('late')), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
