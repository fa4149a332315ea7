import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { ConfigInvalid } from '../../src/errors.ts';

const SOUND = {
  TABLE: 'quorate-state',
  EVENT_BUS: 'quorate',
  PROBERS: 'quorate-probe-a,quorate-probe-b',
  DOCUMENTS: 'quorate-prod',
};

describe('settings', () => {
  it('are read from the environment', () => {
    expect(readSettings({ ...SOUND, HOME: '/' })).toEqual({
      table: 'quorate-state',
      eventBus: 'quorate',
      probers: ['quorate-probe-a', 'quorate-probe-b'],
      documents: 'quorate-prod',
      courier: '',
    });
  });

  it('name every variable that is missing or wrong, at once', () => {
    const read = () => readSettings({ ...SOUND, TABLE: '', PROBERS: 'a,,b', EVENT_BUS: undefined });

    expect(read).toThrow(ConfigInvalid);
    expect(read).toThrow(
      [
        'environment: TABLE: is ""; it needs the name of the DynamoDB table',
        'environment: EVENT_BUS: is not set; it needs the name of the event bus',
        'environment: PROBERS: is ""; it needs names of Lambda functions, with commas between them',
      ].join('\n'),
    );
  });
});
