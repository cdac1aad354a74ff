// Every rule that spans properties, in one list each: problems and warnings.

import type { Config } from '../spec/config.ts';
import type { Diagnostic } from '../spec/diagnostic.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import {
  annotationsAreKnown,
  contextTypeIsKnown,
  hookLogsStayOutside,
  versionIsKnown,
  versionIsNotNewer,
} from './document.ts';
import {
  joinedUserNamespaceMapsRoot,
  mapRanges,
  mapsNeedUserNamespace,
  mountMaps,
  newUserNamespaceHasMaps,
  programIdsMapped,
} from './id-maps.ts';
import { cgroupsPathBelowRoot, deviceNumbers, deviceRuleNumbers, limitsNeedCgroups } from './linux.ts';
import {
  bindsHaveNoData,
  flagsStandAlone,
  linkOptionsFit,
  procDestinations,
  tmpcopyupIsTmpfs,
} from './mounts.ts';
import {
  mountNamespace,
  namesNeedUts,
  noDuplicateNamespaces,
  offsetsNeedNewTimeNamespace,
} from './namespaces.ts';
import { netDevicesCanMove } from './net-devices.ts';
import {
  grantableCapabilities,
  knownRlimits,
  labelsNeedModule,
  noDuplicateRlimits,
  raisableAmbient,
} from './process.ts';
import { rdtFits } from './rdt.ts';
import {
  blockWeightsFit,
  burstFits,
  hugePagesExist,
  limitsExist,
  limitsNeedController,
  memoryFits,
  rdmaLimitsSomething,
  unifiedFits,
} from './resources.ts';
import { deviceRulesApply, rootlessGroups, rootlessNeedsUserNamespace } from './rootless.ts';
import type { Rule } from './rule.ts';
import { affinityIsList, memoryPolicyFits, schedulerFits } from './scheduling.ts';
import { errnoFitsAction, listenerIsUsable, seccompNeedsKernel, uselessInProfile } from './seccomp.ts';
import { sysctlOfOwnNamespace } from './sysctl.ts';

const rules: readonly Rule[] = [
  versionIsKnown,
  contextTypeIsKnown,
  hookLogsStayOutside,
  noDuplicateNamespaces,
  mountNamespace,
  namesNeedUts,
  offsetsNeedNewTimeNamespace,
  mapsNeedUserNamespace,
  joinedUserNamespaceMapsRoot,
  newUserNamespaceHasMaps,
  mapRanges,
  programIdsMapped,
  mountMaps,
  procDestinations,
  bindsHaveNoData,
  tmpcopyupIsTmpfs,
  linkOptionsFit,
  flagsStandAlone,
  sysctlOfOwnNamespace,
  knownRlimits,
  noDuplicateRlimits,
  deviceNumbers,
  deviceRuleNumbers,
  cgroupsPathBelowRoot,
  limitsExist,
  hugePagesExist,
  limitsNeedCgroups,
  limitsNeedController,
  unifiedFits,
  memoryFits,
  burstFits,
  blockWeightsFit,
  rdmaLimitsSomething,
  labelsNeedModule,
  rootlessNeedsUserNamespace,
  rootlessGroups,
  netDevicesCanMove,
  rdtFits,
  schedulerFits,
  affinityIsList,
  memoryPolicyFits,
  seccompNeedsKernel,
  errnoFitsAction,
  listenerIsUsable,
];

const warnings: readonly Rule[] = [
  versionIsNotNewer,
  annotationsAreKnown,
  grantableCapabilities,
  raisableAmbient,
  uselessInProfile,
  deviceRulesApply,
];

export type Findings = { readonly problems: readonly Diagnostic[]; readonly warnings: readonly Diagnostic[] };

export function validate(config: Config, facts: HostFacts): Findings {
  return {
    problems: rules.flatMap((rule) => rule(config, facts)),
    warnings: warnings.flatMap((rule) => rule(config, facts)),
  };
}
