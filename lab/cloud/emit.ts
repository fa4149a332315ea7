/** Events that AWS services put on the default bus. Best effort, as on AWS. */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Clients } from './clients.ts';

/** @param resources ARNs of what it is about; none when absent */
export type EmitEvent = (
  source: string,
  detailType: string,
  detail: object,
  resources?: readonly string[],
) => void;

export const createEmit =
  (moto: Clients, afterwards: () => Promise<void>): EmitEvent =>
  (source, detailType, detail, resources = []) => {
    // moto takes `aws.*` sources, which AWS refuses from customers: that is what makes this possible.
    const entry = {
      Source: source,
      DetailType: detailType,
      Detail: JSON.stringify(detail),
      Resources: [...resources],
    };
    const put = async (): Promise<void> => {
      await moto.events.send(new PutEventsCommand({ Entries: [entry] }));
      await afterwards();
    };
    void put().catch(() => {});
  };
