import WebSocket from './index.js';

export const { WebSocketServer } = WebSocket;
export { WebSocket };
export default WebSocket;
