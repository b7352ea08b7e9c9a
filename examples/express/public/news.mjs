// ws: for http:, wss: for https:
const url = new URL('live', location.href.replace(/^http/, 'ws'));
const readers = document.querySelector('#readers');
const news = document.querySelector('#news');

function connect() {
  const ws = new WebSocket(url);

  ws.onmessage = ({ data }) => {
    const message = JSON.parse(data);

    if ('readers' in message) readers.textContent = message.readers;
    if ('news' in message) {
      const item = document.createElement('li');
      item.textContent = message.news;
      news.prepend(item);
    }
  };
  ws.onclose = () => setTimeout(connect, 1000);
}

connect();
