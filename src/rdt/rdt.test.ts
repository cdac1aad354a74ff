import { describe, expect, test } from 'vitest';
import { hasSchemata, rdtJoins, rdtSteps } from './rdt.ts';

const root = '/sys/fs/resctrl';
const steps = (intelRdt: object) => rdtSteps({ intelRdt }, 'c1', root);
const l3 = 'L3:0=ff;1=f';
const mb = 'MB:0=50;1=70';

// @shows /linux/intelRdt
describe('rdtSteps', () => {
  test('without a name the class is the container’s own, and made', () => {
    expect(steps({ l3CacheSchema: l3, memBwSchema: mb })).toEqual([
      { op: 'rdtClass', from: '/linux/intelRdt', path: `${root}/c1`, make: true, schemata: [l3, mb] },
    ]);
    expect(steps({})).toMatchObject([{ path: `${root}/c1`, make: true, schemata: [] }]);
  });

  // @shows /linux/intelRdt/closID
  test('a class that is named alone must be there', () => {
    expect(steps({ closID: 'gold' })).toMatchObject([
      { from: '/linux/intelRdt/closID', path: `${root}/gold`, make: false, schemata: [] },
    ]);
    expect(steps({ closID: 'gold', schemata: [l3] })).toMatchObject([{ make: true, schemata: [l3] }]);
  });

  // @shows /linux/intelRdt/closID
  test('"/" is the class of everything else', () => {
    expect(steps({ closID: '/', enableMonitoring: true })).toMatchObject([
      { path: root },
      { op: 'rdtMonitor', path: `${root}/mon_groups/c1` },
    ]);
  });

  // @shows /linux/intelRdt/{schemata,l3CacheSchema,memBwSchema}
  test('caches come first, then bandwidth, then the other lines', () => {
    const [step] = steps({ schemata: ['L2:0=3'], memBwSchema: mb, l3CacheSchema: `${l3}\nMB:0=10` });
    expect(step).toMatchObject({ schemata: [l3, mb, 'L2:0=3'] });
    expect(steps({ l3CacheSchema: `${l3}\nMB:0=10` })).toMatchObject([{ schemata: [l3, 'MB:0=10'] }]);
  });

  // @shows /linux/intelRdt/enableMonitoring
  test('a process joins the class, and the group that is watched', () => {
    expect(rdtJoins({ intelRdt: { closID: 'gold', enableMonitoring: true } }, 'c1', root)).toMatchObject([
      { tasks: `${root}/gold/tasks` },
      { tasks: `${root}/gold/mon_groups/c1/tasks` },
    ]);
  });

  test('nothing is done where nothing is asked for', () => {
    expect(rdtSteps({}, 'c1', root)).toEqual([]);
  });
});

// @shows /linux/intelRdt/{schemata,l3CacheSchema,memBwSchema}
describe('hasSchemata', () => {
  const file = '    L3:0=00ff;1=000f\n    MB:0= 50;1= 70\n';
  test.each([
    [[l3, mb], true],
    [['L3:1=F'], true],
    [['MB:0=50'], true],
    [['L3:0=7f'], false],
    [['L3:2=ff'], false],
    [['L2:0=ff'], false],
    [[], true],
  ])('%j: %s', (lines, same) => {
    expect(hasSchemata(file, lines)).toBe(same);
  });
});
