package app

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Ports are the TCP ports on which the app and its workers listen. None where
// the system does not tell: other than on Linux, when the app is gone, or when
// golive did not start it.
func (a *App) Ports() []string {
	p := a.current()
	if p == nil {
		return nil
	}
	sockets := map[string]bool{}
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		if group(folder) == p.cmd.Process.Pid {
			socketsOf(folder, sockets)
		}
	}
	var ports []string
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(table) // not there: nothing is told
		for line := range strings.Lines(string(text)) {
			ports = append(ports, listener(line, sockets)...)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// group is the process group of /proc/PID: the third word behind the name.
func group(folder string) int {
	text, _ := os.ReadFile(filepath.Join(folder, "stat"))
	_, after, _ := strings.Cut(string(text), ") ")
	words := strings.Fields(after)
	if len(words) < 3 {
		return 0
	}
	n, _ := strconv.Atoi(words[2])
	return n
}

// socketsOf notes the inodes of a process' sockets.
func socketsOf(folder string, into map[string]bool) {
	files, _ := filepath.Glob(filepath.Join(folder, "fd", "*"))
	for _, file := range files {
		target, _ := os.Readlink(file)
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			into[strings.TrimSuffix(inode, "]")] = true
		}
	}
}

// listener is the port of a line of /proc/net/tcp that is one of the sockets,
// listening.
func listener(line string, sockets map[string]bool) []string {
	const address, state, inode, listen = 1, 3, 9, "0A"
	words := strings.Fields(line)
	if len(words) <= inode || words[state] != listen || !sockets[words[inode]] {
		return nil
	}
	_, hex, _ := strings.Cut(words[address], ":")
	n, err := strconv.ParseUint(hex, 16, 16)
	if err != nil {
		return nil
	}
	return []string{strconv.FormatUint(n, 10)}
}
