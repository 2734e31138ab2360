export { ImportPage as Component } from '@/features/people/import/ImportPage';
