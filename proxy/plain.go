package proxy

import (
	"bytes"
	"strconv"
)

// plain reports whether what an app sends begins with the whole head of a
// request that a clerk can take: HTTP/1.1, nothing upgraded, nothing that HTTP
// forbids or reads in two ways.
func plain(head []byte) bool {
	end := bytes.Index(head, []byte("\r\n\r\n"))
	if end < 0 {
		return false
	}
	line, rest, _ := bytes.Cut(head[:end+2], []byte("\r\n"))
	if !plainLine(line) {
		return false
	}
	hosts, framings := 0, 0
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found || !token(name) || !printable(value) || !taken(name, bytes.TrimSpace(value)) {
			return false
		}
		switch {
		case named(name, "Host"):
			hosts++
		case named(name, "Content-Length"), named(name, "Transfer-Encoding"):
			framings++
		}
	}
	return hosts == 1 && framings <= 1
}

// plainLine reports whether a request line is "METHOD target HTTP/1.1", and asks
// for no tunnel.
func plainLine(line []byte) bool {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, _ := bytes.Cut(rest, []byte(" "))
	if string(version) != "HTTP/1.1" || len(target) == 0 || !printable(target) {
		return false
	}
	for _, c := range method {
		if c-'A' > 'Z'-'A' {
			return false
		}
	}
	return len(method) > 0 && string(method) != "CONNECT" && string(method) != "PRI"
}

// taken reports whether a clerk can do what a header asks for.
func taken(name, value []byte) bool {
	switch {
	case named(name, "Content-Length"):
		_, err := strconv.ParseUint(string(value), 10, 62)
		return err == nil && digit(value[0])
	case named(name, "Transfer-Encoding"):
		return string(value) == "chunked"
	case named(name, "Expect"):
		return string(value) == "100-continue"
	case named(name, "Connection"):
		return named(value, "close") || named(value, "keep-alive")
	case named(name, "Upgrade"):
		return false
	}
	return true
}

func named(name []byte, as string) bool {
	return len(name) == len(as) && bytes.EqualFold(name, []byte(as))
}

func token(name []byte) bool {
	for _, c := range name {
		if c-'0' > 9 && c|0x20-'a' > 'z'-'a' && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return len(name) > 0
}

func printable(text []byte) bool {
	for _, c := range text {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
