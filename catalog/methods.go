package catalog

var methods = []Entry{}
