export * from './abilities.ts';
export * from './check.ts';
export * from './loaded-plugins.ts';
export * from './offers.ts';
export * from './panel.ts';
export * from './service.ts';
export * from './state.ts';
export * from './up.ts';
