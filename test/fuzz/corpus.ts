// Where fuzzing begins: what slipway sends to its programs, and what CRIU answers.

import { readFileSync } from 'node:fs';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { answerText } from '../../src/container/answer.ts';
import { encodeSteps } from '../../src/init/encode.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { emptyProfile, profileText } from '../../src/seccomp/profile.ts';
import { configSchema } from '../../src/spec/config.ts';
import { exampleConfig } from '../../src/spec/example.ts';
import { withNormalForm } from '../../src/spec/normal-form.ts';
import { seccompSchema } from '../../src/spec/seccomp.ts';
import { parseContainerId } from '../../src/store/id.ts';
import { readSavedState } from '../../src/store/saved-state.ts';
import { containerPaths } from '../../src/store/store.ts';
import { validate } from '../../src/validate/validate.ts';
import { byActor, factsWith, planOptions } from '../support/plan-inputs.ts';
import { Random, randomConfig } from '../support/random-config.ts';
import { engineProfile } from '../support/seccomp.ts';

export type Target = 'steps' | 'answer' | 'criu' | 'profile';

export const corpora: Readonly<Record<Target, () => readonly Uint8Array[]>> = {
  steps: stepStreams,
  answer: answers,
  criu: criuAnswers,
  profile: profiles,
};

/** Streams of steps of the example, and of a hundred documents made at random. */
function stepStreams(): readonly Uint8Array[] {
  const facts = factsWith({ v1: [], v2: { mountpoint: '/sys/fs/cgroup', controllers: ['memory', 'pids'] } });
  const random = Array.from({ length: 100 }, (_, seed) => randomConfig(new Random(seed)));
  return [configSchema.parse(exampleConfig(true)), ...random]
    .map(withNormalForm)
    .filter((config) => validate(config, facts).problems.length === 0)
    .map((config) => makePlan(config, { ...planOptions, filter: new Uint8Array(8) }, facts))
    .map(({ script }) => byActor(script))
    .flatMap(({ prepare, user, outer, container }) => [prepare, user, outer, container].map(encodeSteps));
}

/** A command line, an empty word, and an answer file. */
function answers(): readonly Uint8Array[] {
  const path = 'test/recorded/state-5.json';
  const state = readSavedState(path, JSON.parse(readFileSync(path, 'utf8')));
  const answer = answerText(state, containerPaths('/run/slipway', parseContainerId(state.id)));
  const lines = [
    ['state', 'c'],
    ['--root', '/run/slipway', 'state', 'c'],
    ['--root=/x', '-log', '/y', 'state', 'c'],
  ];
  return lines.map((words) => Buffer.from(`${words.map((word) => `${word}\0`).join('')}\0${answer}`));
}

/** Messages of CRIU's images/rpc.proto: criu_resp, with criu_notify in it. */
function criuAnswers(): readonly Uint8Array[] {
  const answer = (type: number) =>
    new BinaryWriter()
      .uint32(1 << 3)
      .int32(type)
      .uint32(2 << 3)
      .bool(true);
  const notify = new BinaryWriter()
    .uint32((1 << 3) | 2)
    .string('post-restore')
    .uint32(2 << 3)
    .int32(4711);
  return [
    answer(6)
      .uint32((5 << 3) | 2)
      .bytes(notify.finish())
      .finish(),
    answer(2)
      .uint32((4 << 3) | 2)
      .bytes(
        new BinaryWriter()
          .uint32(1 << 3)
          .int32(4711)
          .finish(),
      )
      .finish(),
    answer(1)
      .uint32(7 << 3)
      .int32(22)
      .uint32((9 << 3) | 2)
      .string('no such process')
      .finish(),
  ];
}

/** Podman's profile, profiles with every kind of comparison and with as many as there are arguments, and none. */
function profiles(): readonly Uint8Array[] {
  const compare = (operator: string, index: number) => ({
    index,
    value: 16n,
    valueTwo: 1n,
    op: `SCMP_CMP_${operator}`,
  });
  const operators = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'];
  const lists = [
    ...operators.map((operator) => [compare(operator, 0)]),
    [0, 1, 2, 3, 4, 5].map((index) => compare('EQ', index)),
  ];
  const syscalls = lists.map((args) => ({
    names: ['mmap', 'clone'],
    action: 'SCMP_ACT_ERRNO',
    errnoRet: 22,
    args,
  }));
  const profile = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86'], syscalls };
  const texts = [profileText(engineProfile()), profileText(seccompSchema.parse(profile)), emptyProfile];
  return texts.map((text) => Buffer.from(text));
}
