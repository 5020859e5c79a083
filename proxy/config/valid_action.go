package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// methods that an action may use, and which of them carry no body.
var (
	methods  = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	bodiless = []string{"GET", "DELETE"}
)

func (f *file) action(name string, a Action) {
	path := "actions." + name
	switch {
	case a.HTTP == "" && len(a.Run) == 0:
		f.at(path, "%s has neither http nor run, write one of them", path)
	case a.HTTP != "" && len(a.Run) > 0:
		f.at(path+".run", "%s has both http and run, keep one of them", path)
	case a.HTTP != "":
		f.request(path, a)
	default:
		f.command(path, a)
	}
	if a.Count != "" && name != "list" {
		f.at(path+".count", "count is for the list action, write value")
	}
	if a.Count != "" && a.Value != "" {
		f.at(path+".value", "%s has both count and value, keep one of them", path)
	}
	for _, member := range []string{"count", "value"} {
		f.path(path+"."+member, map[string]string{"count": a.Count, "value": a.Value}[member])
	}
	f.placeholders(f.nodes[path])
}

func (f *file) path(path, value string) {
	if value == "" {
		return
	}
	if _, err := ParsePath(value); err != nil {
		f.at(path, "%s", err)
	}
}

func (f *file) request(path string, a Action) {
	method, target := a.Request()
	if !slices.Contains(methods, method) {
		f.at(path+".http", "%s.http is %q, want a method and a URL such as POST http://127.0.0.1:3000/payouts; methods: %s",
			path, a.HTTP, strings.Join(methods, ", "))
		return
	}
	plain := Fill(target, func(string) string { return "x" })
	if !absolute(plain, "http", "https") || strings.ContainsAny(plain, " \t") {
		f.at(path+".http", "%s.http has the URL %q, want one such as http://127.0.0.1:3000/payouts", path, target)
	}
	if f.nodes[path+".json"] != nil && slices.Contains(bodiless, method) {
		f.at(path+".json", "%s sends json with %s, want POST, PUT or PATCH", path, method)
	}
}

func (f *file) command(path string, a Action) {
	if a.Run[0] == "" {
		f.at(path+".run", "%s.run begins with an empty word, want a command", path)
	}
	for _, member := range []string{"json", "headers"} {
		if f.nodes[path+"."+member] != nil {
			f.at(path+"."+member, "%s.%s goes with http, not with run", path, member)
		}
	}
}

// placeholders looks at every text below a node.
func (f *file) placeholders(node ast.Node) {
	if pairs, ok := mapping(node); ok {
		for _, pair := range pairs {
			f.placeholders(pair.Value)
		}
		return
	}
	if list, ok := node.(*ast.SequenceNode); ok {
		for _, element := range list.Values {
			f.placeholders(element)
		}
		return
	}
	for _, name := range Placeholders(literal(node)) {
		f.placeholder(node, name)
	}
}

func (f *file) placeholder(node ast.Node, name string) {
	if strings.HasPrefix(name, "${") {
		f.problem(node, "${ without }, write ${reference}")
		return
	}
	if !slices.Contains(Values, name) {
		f.problem(node, "${%s} is not known, known: %s", name, strings.Join(Values, ", "))
	}
}

func literal(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	}
	return ""
}
