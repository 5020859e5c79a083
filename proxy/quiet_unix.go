//go:build unix

package proxy

import "syscall"

// quiet reports whether an idle lane can be used: nothing came on it meanwhile,
// neither an end nor bytes that nobody asked for.
func (l *lane) quiet() bool {
	if l.from.Buffered() > 0 {
		return false
	}
	silent := false
	err := l.raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = err == syscall.EAGAIN || err == syscall.EINTR
		return true
	})
	return err == nil && silent
}
