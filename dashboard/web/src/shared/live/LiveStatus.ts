import { createContext, useContext } from 'react';
import type { LiveStatus } from './socket';

/** Whether changes reach the pages now; shown in the sidebar. */
export const LiveStatusContext = createContext<LiveStatus>('connecting');
export const useLiveStatus = (): LiveStatus => useContext(LiveStatusContext);
