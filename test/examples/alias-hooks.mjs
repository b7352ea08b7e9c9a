/** Resolves 'uvws' to the package that UVWS_IMPL names. */
export function resolve(specifier, context, nextResolve) {
  const target = specifier === 'uvws' ? process.env.UVWS_IMPL : specifier;
  return nextResolve(target, context);
}
