export { PacketCaptureSets, type PacketCaptureSetsOptions } from './packet-capture-sets.ts';
export { SET_RULES, SET_TARGET_RULES } from './set-rules.ts';
