/* Looks a name up as programs do, and prints getaddrinfo's word for it, then the addresses. */
#define _GNU_SOURCE /* EAI_NODATA */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
  struct addrinfo hints, *found = NULL, *each;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  int status = getaddrinfo(argc > 1 ? argv[1] : "", NULL, &hints, &found);
  if (status != 0) {
    const char *word = status == EAI_NONAME ? "EAI_NONAME"
                       : status == EAI_AGAIN ? "EAI_AGAIN"
                       : status == EAI_FAIL ? "EAI_FAIL"
#ifdef EAI_NODATA
                       : status == EAI_NODATA ? "EAI_NODATA"
#endif
                                              : gai_strerror(status);
    puts(word);
    return 0;
  }
  puts("OK");
  for (each = found; each != NULL; each = each->ai_next) {
    char text[INET6_ADDRSTRLEN];
    void *bytes = each->ai_family == AF_INET ? (void *)&((struct sockaddr_in *)each->ai_addr)->sin_addr
                                             : (void *)&((struct sockaddr_in6 *)each->ai_addr)->sin6_addr;
    puts(inet_ntop(each->ai_family, bytes, text, sizeof text));
  }
  return 0;
}
