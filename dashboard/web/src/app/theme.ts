import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The blue of Majorelle's garden in Marrakesh; shade 6 is the accent of `tokens.css`. */
const majorelle: MantineColorsTuple = [
  '#f1effc',
  '#e0dcf8',
  '#c0b8f2',
  '#9f94ec',
  '#8275e4',
  '#6a5cdd',
  '#5446c9',
  '#4437b0',
  '#382d92',
  '#2b2273',
];

/** The neutral greys of `tokens.css`, for the parts of Mantine that name them. */
const dark: MantineColorsTuple = [
  '#ededea',
  '#c9c9c6',
  '#a3a3a8',
  '#77777f',
  '#43434b',
  '#35353c',
  '#222227',
  '#1a1a1e',
  '#161619',
  '#131316',
];

export const theme = createTheme({
  primaryColor: 'majorelle',
  primaryShade: { light: 6, dark: 5 },
  colors: { majorelle, dark },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'var(--ml-mono)',
  defaultRadius: 8,
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '12px', sm: '13.5px', md: '14.5px', lg: '16px', xl: '18px' },
  headings: { fontWeight: '620' },
  components: {
    Button: { defaultProps: { size: 'sm' }, styles: { label: { fontWeight: 550 } } },
    SegmentedControl: {
      styles: { root: { background: 'var(--ml-sunken)' }, label: { paddingInline: 10, fontWeight: 550 } },
    },
    Tooltip: { defaultProps: { withArrow: false, openDelay: 250, radius: 6, fz: 12.5 } },
    Modal: {
      defaultProps: {
        radius: 14,
        centered: true,
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.35 },
      },
      styles: { title: { fontSize: 16, fontWeight: 600 } },
    },
    Menu: { defaultProps: { shadow: 'md', radius: 10, transitionProps: { duration: 80 } } },
    InputWrapper: { styles: { label: { fontWeight: 550, marginBlockEnd: 4 }, description: { fontSize: 12.5 } } },
  },
});
