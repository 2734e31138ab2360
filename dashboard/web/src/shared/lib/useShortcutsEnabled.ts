import { useLocalStorage } from '@mantine/hooks';

/** Keys without a modifier get in the way of people who speak to their computer, so they can be switched off. */
export const useShortcutsEnabled = () => useLocalStorage({ key: 'microlearn.shortcuts', defaultValue: true });
