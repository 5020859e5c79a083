//go:build !unix

package proxy

// quiet reports whether an idle lane may be used; an end that came meanwhile is
// not seen here.
func (l *lane) quiet() bool { return l.from.Buffered() == 0 }
