// Looks a name up with Go's own resolver, and prints what came of it, then the addresses.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
)

func main() {
	resolver := &net.Resolver{PreferGo: true}
	addresses, err := resolver.LookupHost(context.Background(), os.Args[1])
	var dns *net.DNSError
	switch {
	case err == nil:
		fmt.Println("OK")
	case errors.As(err, &dns) && dns.IsNotFound:
		fmt.Println("EAI_NONAME")
	default:
		fmt.Println("EAI_AGAIN")
	}
	for _, address := range addresses {
		fmt.Println(address)
	}
}
