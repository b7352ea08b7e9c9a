// The same for `import`: all of it is in index.d.ts.

import WebSocket = require('./index.js');

export import Adapter = WebSocket.Adapter;
export import AdapterError = WebSocket.AdapterError;
export import AdapterMessageOptions = WebSocket.AdapterMessageOptions;
export import AdapterServer = WebSocket.AdapterServer;
export import AdapterStats = WebSocket.AdapterStats;
export import AddressInfo = WebSocket.AddressInfo;
export import BinaryType = WebSocket.BinaryType;
export import CertMeta = WebSocket.CertMeta;
export import ClientOptions = WebSocket.ClientOptions;
export import CloseEvent = WebSocket.CloseEvent;
export import CloseOptions = WebSocket.CloseOptions;
export import Data = WebSocket.Data;
export import ErrorEvent = WebSocket.ErrorEvent;
export import Event = WebSocket.Event;
export import EventListenerOptions = WebSocket.EventListenerOptions;
export import FinishRequestCallback = WebSocket.FinishRequestCallback;
export import MessageEvent = WebSocket.MessageEvent;
export import PerMessageDeflate = WebSocket.PerMessageDeflate;
export import PerMessageDeflateOptions = WebSocket.PerMessageDeflateOptions;
export import RawData = WebSocket.RawData;
export import Receiver = WebSocket.Receiver;
export import RejectClient = WebSocket.RejectClient;
export import Sendable = WebSocket.Sendable;
export import Sender = WebSocket.Sender;
export import SendOptions = WebSocket.SendOptions;
export import ServerOptions = WebSocket.ServerOptions;
export import ServerStatistics = WebSocket.ServerStatistics;
export import VerifyClientCallbackAsync = WebSocket.VerifyClientCallbackAsync;
export import VerifyClientCallbackSync = WebSocket.VerifyClientCallbackSync;
export import WebSocketEventMap = WebSocket.WebSocketEventMap;
export import WebSocketServer = WebSocket.WebSocketServer;
export import createWebSocketStream = WebSocket.createWebSocketStream;
export import extension = WebSocket.extension;
export import subprotocol = WebSocket.subprotocol;

export default WebSocket;
export { WebSocket };
