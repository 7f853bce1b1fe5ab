import { test } from 'node:test';
import { tcpdumpRunnerContract } from '../../src/testing/tcpdump-runner-contract.ts';
import { fakeTcpdumpSubject } from './fake-tcpdump-subject.ts';

tcpdumpRunnerContract(test, fakeTcpdumpSubject);
