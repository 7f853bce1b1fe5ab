const { test } = require('node:test');
const { claimStrategyContract } = require('pcapper/testing');
const { ClaimByName } = require('./claim-by-name.js');

const request = (name) => ({ uid: name, name, target: { kind: 'node', node: 'n1', interface: 'eth7' } });

claimStrategyContract(test, async () => ({
  strategy: new ClaimByName('n1'),
  mine: [request('n1-a')],
  notMine: [request('n2-a')],
}));
