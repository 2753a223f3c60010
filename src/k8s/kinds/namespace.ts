import { labelComplaint } from '../name-forms.ts';
import type { KindReader } from '../object.ts';

export type NamespaceBody = Record<never, never>;

export const namespaceReader: KindReader<'Namespace', NamespaceBody> = {
  kind: 'Namespace',
  apiVersions: ['v1'],
  namespaced: false,
  nameForm: labelComplaint,
  read: () => ({}),
};
