// Rules about the document as a whole (config.md#specification-version, #annotations).

import { isParked } from '../namespace/asked.ts';
import { annotation, annotationNames } from '../spec/annotations.ts';
import { pointer } from '../spec/diagnostic.ts';
import { newestVersion, oldestVersion } from '../spec/version.ts';
import { problem, type Rule } from './rule.ts';

const [major, minor] = newestVersion.split('.').map(Number);

/** A document is for every runtime of its major version that is not older (spec.md). */
export const versionIsKnown: Rule = ({ ociVersion }) =>
  Number(ociVersion.split('.')[0]) === major
    ? []
    : [
        problem(
          '/ociVersion',
          `${ociVersion} is not supported: expected a version from ${oldestVersion} to ${newestVersion}`,
        ),
      ];

/** A warning. */
export const versionIsNotNewer: Rule = ({ ociVersion }) =>
  Number(ociVersion.split('.')[1]) > (minor ?? 0)
    ? [problem('/ociVersion', `${ociVersion} is newer than ${newestVersion}: what it added is not done`)]
    : [];

const contextTypes = ['', 'context', 'fscontext', 'defcontext', 'rootcontext'];

export const contextTypeIsKnown: Rule = (config) =>
  contextTypes.includes(annotation(config, 'mountContextType'))
    ? []
    : [
        problem(
          pointer(['annotations', annotationNames.mountContextType]),
          `expected one of ${contextTypes.slice(1).join(', ')}`,
        ),
      ];

/** A warning: nothing that is asked for is passed over in silence. */
export const annotationsAreKnown: Rule = ({ annotations = {} }) => {
  const known: readonly string[] = Object.values(annotationNames);
  return Object.keys(annotations)
    .filter((name) => name.startsWith('run.oci.') && !known.includes(name))
    .map((name) => problem(pointer(['annotations', name]), 'slipway does not have it, ignored'));
};

/** A container process that others can see has no file of the host open, and runs the startContainer hooks itself. */
export const hookLogsStayOutside: Rule = (config) =>
  (['hooksStdout', 'hooksStderr'] as const)
    .filter((name) => annotation(config, name) !== '')
    .filter(() => isParked(config) && (config.hooks?.startContainer ?? []).length > 0)
    .map((name) =>
      problem(
        pointer(['annotations', annotationNames[name]]),
        'not with startContainer hooks in the pid namespace of another container, which could reach the file; leave one of them out',
      ),
    );
