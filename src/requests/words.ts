/** Words that a person or a program may put into a request. Whatever is not plainly one of them is refused unread. */
import * as v from 'valibot';

const FLEET = 'a fleet: 1 to 32 lower-case letters, digits and dashes';
const INSTANCE = 'an instance id such as i-0a1b2c3d4e5f60002';
const REASON = 'a reason: 1 to 200 printable characters';
const BY = 'who asks: 1 to 100 printable characters';
const REQUEST_ID = 'a request id: 1 to 64 letters, digits, dots, dashes and underscores';

const matching = (pattern: RegExp, what: string) => v.pipe(v.string(what), v.regex(pattern, what));

export const FleetName = matching(/^[a-z][a-z0-9-]{0,31}$/, FLEET);
export const InstanceName = matching(/^i-[0-9A-Za-z]{1,40}$/, INSTANCE);
/** Printable ASCII with something in it: it is shown in terminals, logs and events. */
export const Reason = matching(/^(?=.*[!-~])[ -~]{1,200}$/, REASON);
export const By = matching(/^(?=.*[!-~])[ -~]{1,100}$/, BY);
export const RequestId = matching(/^[\w.-]{1,64}$/, REQUEST_ID);
