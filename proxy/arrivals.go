package proxy

import (
	"net"
	"sync"
)

// arrivals is the listener of the inner server: connections come to it after
// their handshake.
type arrivals struct {
	conns chan net.Conn
	gone  chan struct{}
	once  sync.Once
	addr  net.Addr
}

func (a *arrivals) push(conn net.Conn) bool {
	select {
	case a.conns <- conn:
		return true
	case <-a.gone:
		return false
	}
}

// Accept gives the next connection.
func (a *arrivals) Accept() (net.Conn, error) {
	select {
	case conn := <-a.conns:
		return conn, nil
	case <-a.gone:
		return nil, net.ErrClosed
	}
}

// Close takes no more connections.
func (a *arrivals) Close() error {
	a.once.Do(func() { close(a.gone) })
	return nil
}

// Addr is the proxy's.
func (a *arrivals) Addr() net.Addr { return a.addr }
