// Which way imports point: src → plugins → kit, and never back; a plugin imports no other plugin.
// Checked on the compiled code, where every import is a plain one.
export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'kit-imports-only-itself',
      severity: 'error',
      from: { path: '^kit/' },
      to: { path: '^(dist|plugins)/' },
    },
    {
      name: 'plugin-imports-kit-only',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: '^(dist|plugins)/', pathNot: '^plugins/$1/' },
    },
    {
      name: 'binary-imports-no-plugin-statically',
      comment: 'Plugins reach the binary through their contributions.',
      severity: 'error',
      from: { path: '^dist/' },
      to: { path: '^plugins/' },
    },
    {
      name: 'domain-knows-no-oclif',
      severity: 'error',
      from: { path: '^plugins/[^/]+/dist/', pathNot: '/dist/commands/' },
      to: { path: '(node_modules/@oclif|^kit/lib/oclif)/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
