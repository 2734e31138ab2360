import { notifications } from '@mantine/notifications';
import i18next from 'i18next';

/** The cross has a name for whoever cannot see it. */
const closing = () => ({ closeButtonProps: { 'aria-label': i18next.t('action.close') } });

export const toast = {
  done: (message: string) => notifications.show({ message, autoClose: 4000, withBorder: true, ...closing() }),
  failed: (message: string) =>
    notifications.show({ message, color: 'orange', autoClose: 9000, withBorder: true, ...closing() }),
};
