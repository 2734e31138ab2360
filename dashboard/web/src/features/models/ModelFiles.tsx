import { ActionIcon, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { apiBase, withQuery } from '@/shared/api/http';

interface Props {
  modelId: string;
  name: string;
  /** Only the chosen model of an evaluated pipeline has a card. */
  card: boolean;
}

/** What can be carried away of a model: its file and its card. */
export function ModelFiles({ modelId, name, card }: Props) {
  const { t, i18n } = useTranslation('models');
  const path = `${apiBase}/models/${modelId}`;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={t('files.menu', { name })}
          title={t('files.menu', { name })}
        >
          <IconDownload size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={withQuery(`${path}/export`, { format: 'native' })} download>
          {t('files.model')}
        </Menu.Item>
        {card && (
          <Menu.Item
            component="a"
            href={withQuery(`${path}/card`, { lang: i18n.language })}
            target="_blank"
            rel="noreferrer"
          >
            {t('files.card')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
