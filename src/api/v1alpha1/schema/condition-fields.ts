import { type Condition, CONDITION_MESSAGE_LENGTH } from '../condition.ts';
import type { ArraySchema, FieldsOf } from './schema.ts';

const fields: FieldsOf<Condition> = {
  type: { type: 'string', maxLength: 316, description: 'What the condition is about.' },
  status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it is so.' },
  reason: { type: 'string', maxLength: 1024, description: 'Why, as one CamelCase word.' },
  message: { type: 'string', maxLength: CONDITION_MESSAGE_LENGTH, description: 'Why, in plain words.' },
  lastTransitionTime: { type: 'string', format: 'date-time', description: 'When status last changed.' },
  observedGeneration: { type: 'integer', description: 'metadata.generation that the condition was made from.' },
};

/** A list of conditions, one of each type. */
export function conditionList(description: string): ArraySchema {
  return {
    type: 'array',
    maxItems: 16,
    mapKey: 'type',
    description,
    items: {
      type: 'object',
      description: 'A condition, as kubectl wait reads it.',
      required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
      properties: fields,
    },
  };
}
