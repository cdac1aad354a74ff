// Flags of the C compiler that more than one build of the programs in src/ has.

export const commonFlags = [
  ...['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'],
  ...['-Isrc/init', '-Idist/include'],
];

/** With the address and undefined-behaviour sanitizers; what they find ends the program. */
export const sanitizedFlags = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
