import { notifications } from '@mantine/notifications';

export const toast = {
  done: (message: string) => notifications.show({ message, autoClose: 4000, withBorder: true }),
  failed: (message: string) => notifications.show({ message, color: 'orange', autoClose: 9000, withBorder: true }),
};
