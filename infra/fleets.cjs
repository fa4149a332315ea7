/**
 * What the template takes from the fleets file, by way of dist/fleets.json: so that schedules and rights are those of
 * the fleets in the bundles. CommonJS, because that is what the Serverless Framework loads.
 */
const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { join, resolve } = require('node:path');
const announcing = require('./announcing.cjs');
const { fleetAlarms, isFrugal, proberAlarms } = require('./alarms.cjs');
const dashboardOf = require('./dashboard.cjs');
const { courierName, couriers, sideResources } = require('./sides.cjs');

const SERVICE = resolve(__dirname, '..');
const BUILT = join(SERVICE, 'dist', 'fleets.json');

/** No tag has this value: parentheses are not allowed in a fleet's name. */
const NOBODY = '(no fleet acts)';

const read = () => {
  if (!existsSync(BUILT)) throw new Error('dist/fleets.json is missing: npm run build comes first');
  return JSON.parse(readFileSync(BUILT, 'utf8'));
};

/** A letter first, then letters and digits, and different for different fleets. */
const logicalIdOf = (what, name) =>
  `${what}${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('-', 'Dash')}`;

const scheduleOf = ({ name, policy }) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    Description: `Quorate watches fleet ${name} (${policy.mode})`,
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    State: 'ENABLED',
    Target: {
      Arn: { 'Fn::GetAtt': ['ScheduleLambdaFunction', 'Arn'] },
      RoleArn: { 'Fn::GetAtt': ['SchedulerRole', 'Arn'] },
      Input: JSON.stringify({ fleet: name, scheduledAt: '<aws.scheduler.scheduled-time>' }),
      // The scheduler's own habit is 185 tries in 24 hours: a storm of stale ticks after an outage.
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
    },
  },
});

/** @throws when the deploy would be of the example, of an old build, or to nowhere. */
const refuseDeploy = async ({ source, sha256 }, resolveVariable) => {
  if (source === 'fleets.example.yml') {
    throw new Error(
      'deploying needs a fleets.yml: copy fleets.example.yml, change it, npm run package',
    );
  }
  const file = resolve(SERVICE, source);
  if (
    !existsSync(file) ||
    createHash('sha256').update(readFileSync(file)).digest('hex') !== sha256
  ) {
    throw new Error(`${source} is not the one that was built: npm run package comes first`);
  }
  for (const [name, placeholder] of [
    ['subnetA', 'subnet-0000000a'],
    ['subnetB', 'subnet-0000000b'],
    ['securityGroup', 'sg-00000000'],
  ]) {
    if ((await resolveVariable(`param:${name}`)) === placeholder) {
      throw new Error(`deploying needs --param ${name}=... (see params in serverless.yml)`);
    }
  }
};

module.exports = async ({ resolveVariable }) => {
  const built = read();
  if (process.argv.includes('deploy')) await refuseDeploy(built, resolveVariable);
  const { fleets } = built;
  const stack = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  const alarms = fleetAlarms({ fleets, idOf: logicalIdOf, stack });
  const watched = fleets.filter((fleet) => !isFrugal(fleet));
  const isDrawn = watched.length > 0 && (await resolveVariable('param:dashboard')) === 'yes';
  const acting = fleets.filter(({ policy }) => policy.mode === 'act').map(({ name }) => name);
  return {
    schedules: Object.fromEntries(
      fleets.map((fleet) => [logicalIdOf('Schedule', fleet.name), scheduleOf(fleet)]),
    ),
    alarms: { ...alarms, ...proberAlarms({ fleets, stack }) },
    dashboard: isDrawn
      ? dashboardOf({
          fleets: watched,
          stack,
          alarmIdsOf: (name) =>
            Object.keys(alarms).filter((id) => alarms[id].Properties.Dimensions[0].Value === name),
        })
      : {},
    /**
     * How many at once, at most. A fleet's watcher lives for 150 s and one begins each minute: three are all there can
     * ever be, so a fourth is a mistake. A round of probes is asked for once a second, and each ends within its
     * deadlines: five a fleet are a prober that hardly keeps up, and two are for people's questions.
     *
     * It is also a reservation: whatever else the account runs cannot take these away. It is no lock; that is the lease.
     */
    concurrency: {
      schedule: 3 * fleets.length,
      probe: 5 * fleets.length + 2,
      // One that watches and one that finds it watching; any alarm of the account may wake it, so it has a ceiling too.
      alarm: 2 * fleets.length,
      // Two people at once; whoever is third asks again.
      people: 2,
    },
    announcing: announcing({ fleets, idOf: logicalIdOf }),
    sides: sideResources({ fleets, stack }),
    couriers: couriers(fleets, {
      securityGroup: await resolveVariable('param:securityGroup'),
      subnets: [await resolveVariable('param:subnetA'), await resolveVariable('param:subnetB')],
    }),
    courierName: courierName(fleets),
    /** Fleets in shadow are not only not acted on: there is no right to. */
    acting: acting.length > 0 ? acting : [NOBODY],
    outputs: {
      PeopleTopic: {
        Description: 'Subscribe people to this topic',
        Value: { Ref: 'PeopleTopic' },
      },
    },
  };
};
