/** EC2 calls that touch hosts: what moto says about instances, with the states that its missing behaviour would give. */
import type { Zone } from '../parts.ts';
import type { Capacity } from './capacity.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Ec2Status } from './ec2-status.ts';
import { spotRequestId } from './ec2-status-api.ts';
import { stateOf } from './instance.ts';
import type { Instances, Transition } from './instances.ts';
import { flag, optionalText, type Parameters, record, records, texts } from './parameters.ts';
import { type Call, type Reply, reply } from './wire.ts';
import { buildXml, parseXml } from './xml.ts';

export interface InstanceApiParts {
  readonly instances: Instances;
  readonly capacity: Capacity;
  readonly ec2Status: Ec2Status;
  readonly zoneOfSubnet: (subnetId: string) => Promise<Zone | null>;
  readonly forward: Handler;
}

export const instanceHandlers = (parts: InstanceApiParts): Handlers => {
  const { instances, capacity, forward } = parts;
  const run: Handler = async (call) => {
    const zone = await parts.zoneOfSubnet(optionalText(call.parameters, 'SubnetId') ?? '');
    capacity.claim(zone, optionalText(call.parameters, 'InstanceType') ?? INSTANCE_TYPE);
    const answer = await forward(call);
    if (answer.status !== 200) return answer;
    await instances.adopt([...instanceIds(parseXml(answer.body.toString()))]);
    return answer;
  };
  const powerDown =
    (verb: 'terminate' | 'stop', tag: string): Handler =>
    async (call) => {
      if (flag(call.parameters, 'DryRun', false)) return await forward(call);
      const cut = flag(call.parameters, 'SkipOsShutdown', false);
      const ids = texts(call.parameters, 'InstanceId');
      return transitions(call, tag, instances[verb](ids, cut ? 'cut' : 'graceful'));
    };
  const describe: Handler = async (call) => {
    const { wanted, stripped } = withoutStateFilter(call);
    const answer = await forward(stripped);
    if (answer.status !== 200) return answer;
    const tree = parseXml(answer.body.toString());
    const response = record(tree, 'DescribeInstancesResponse');
    const reservations = items(response, 'reservationSet').map((reservation) => {
      const kept = items(reservation, 'instancesSet')
        .map((item) => withState(item, parts))
        .filter((item) => wanted === null || wanted.includes(String(stateName(item))));
      return { ...reservation, instancesSet: { item: kept } };
    });
    const kept = reservations.filter(({ instancesSet }) => instancesSet.item.length > 0);
    const body = { ...response, reservationSet: { item: kept } };
    return withBody(answer, { DescribeInstancesResponse: body });
  };
  return {
    ec2: {
      RunInstances: run,
      TerminateInstances: powerDown('terminate', 'instancesSet'),
      StopInstances: powerDown('stop', 'instancesSet'),
      StartInstances: async (call) =>
        transitions(call, 'instancesSet', instances.start(texts(call.parameters, 'InstanceId'))),
      DescribeInstances: describe,
    },
  };
};

const transitions = (call: Call, tag: string, moved: readonly Transition[]): Reply => {
  const item = moved.map(({ instance, previous }) => ({
    instanceId: instance.id,
    currentState: stateOf(instance.state),
    previousState: stateOf(previous),
  }));
  return reply(call, { [tag]: { item } });
};

const items = (tree: Parameters, name: string): readonly Parameters[] =>
  records(record(tree, name), 'item');

/** Of the lab's launch template; the call itself names none. */
const INSTANCE_TYPE = 't4g.small';

const stateName = (item: Parameters): unknown => record(item, 'instanceState')['name'];

const instanceIds = (tree: Parameters): readonly string[] =>
  items(record(tree, 'RunInstancesResponse'), 'instancesSet').map((item) =>
    String(item['instanceId']),
  );

const withState = (
  item: Parameters,
  { instances, ec2Status }: Pick<InstanceApiParts, 'instances' | 'ec2Status'>,
): Parameters => {
  const instance = instances.find(String(item['instanceId']));
  if (!instance) return item;
  const known = { ...item, instanceState: stateOf(instance.state) };
  if (ec2Status.of(instance).spot === null) return known;
  const spotInstanceRequestId = spotRequestId(instance.id);
  return { ...known, instanceLifecycle: 'spot', spotInstanceRequestId };
};

const withBody = (answer: Reply, tree: object): Reply => ({
  ...answer,
  body: Buffer.from(buildXml(tree)),
});

/** moto filters by its own states, which lack the transitional ones: this filter is applied here instead. */
const withoutStateFilter = (call: Call): { wanted: readonly string[] | null; stripped: Call } => {
  let form = new URLSearchParams(call.request.body.toString());
  let wanted: readonly string[] | null = null;
  const filters = records(call.parameters, 'Filter');
  const others = [...form].filter(([key]) => !key.startsWith('Filter.'));
  form = new URLSearchParams(others);
  let index = 0;
  for (const filter of filters) {
    if (filter['Name'] === 'instance-state-name') {
      wanted = texts(filter, 'Value');
      continue;
    }
    index += 1;
    form.set(`Filter.${index}.Name`, String(filter['Name']));
    for (const [at, value] of texts(filter, 'Value').entries()) {
      form.set(`Filter.${index}.Value.${at + 1}`, value);
    }
  }
  return { wanted, stripped: withForm(call, form) };
};

const withForm = (call: Call, form: URLSearchParams): Call => ({
  ...call,
  request: { ...call.request, body: Buffer.from(form.toString()) },
});
