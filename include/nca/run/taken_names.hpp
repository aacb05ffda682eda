// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_TAKEN_NAMES_HPP
#define NCA_RUN_TAKEN_NAMES_HPP

#include <nca/core/push_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

/// Names that generated code cannot use: those of C++, of C and POSIX libraries, and common macros.
namespace nca::inline NCA_ABI::detail::io {

inline constexpr std::string_view keywords =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class "
    "co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype "
    "default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int "
    "long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch template this "
    "thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor "
    "xor_eq ";

/// Global names of glibc, with those of other systems beside them, but for the patterns of is_taken_name().
inline constexpr std::string_view global_names =
    " "
    "Dl_info Dl_serinfo Dl_serpath Eigen a64l abort abs accept accept4 access acct acos acosh addrinfo "
    "adjtime alarm aligned_alloc alloca alphasort arc4random arc4random_buf arc4random_uniform asctime asin "
    "asinh asprintf assert assert_perror at_quick_exit atan atan2 atanh atexit atof atoi atol basename bcmp "
    "bcopy be16toh be32toh be64toh beep bind bind_textdomain_codeset bindresvport bindresvport6 "
    "bindtextdomain border box brk bsearch btowc bzero c16rtomb c32rtomb c8rtomb calloc canonicalize "
    "canonicalize_file_name catclose catgets catopen cbrt cdecl ceil cfgetispeed cfgetospeed cfmakeraw "
    "cfsetispeed cfsetospeed cfsetspeed chdir check chmod chown chroot clear clearenv clearerr clock clone "
    "close close_range closedir closefrom closelog cmsghdr confstr connect copy_file_range copysign cos cosh "
    "creat crypt ctermid ctime cuserid d_fileno daemon daylight dcgettext dcngettext dgettext difftime "
    "dirent dirfd dirname div dl_find_object dladdr dladdr1 dlclose dlerror dlinfo dlmopen dlopen dlsym "
    "dlvsym dngettext dprintf drand48 drand48_data drem dup dup2 dup3 duplocale dysize eaccess ecvt emit "
    "endgrent endhostent endnetent endnetgrent endorder endprotoent endpwent endrpcent endservent "
    "endusershell entry environ erand48 erase erf erfc errno euidaccess execl execle execlp execv execve "
    "execveat execvp execvpe exit exp exp10 exp2 explicit_bzero expm1 f_owner_ex fabs faccessat fallocate "
    "far fchdir fchmod fchmodat fchown fchownat fclose fcloseall fcntl fcvt fd_mask fd_set fdatasync fdim "
    "fdopen fdopendir feclearexcept fedisableexcept feenableexcept fegetenv fegetexcept fegetexceptflag "
    "fegetmode fegetround feholdexcept feof feraiseexcept ferror fesetenv fesetexcept fesetexceptflag "
    "fesetmode fesetround fetestexcept fetestexceptflag feupdateenv fexecve fflush ffs fgetc fgetgrent "
    "fgetpos fgetpwent fgets fgetwc fgetws file_handle fileno filter finite flash flock flockfile floor fma "
    "fmax fmaximum fmaximum_mag fmaximum_mag_num fmaximum_num fmaxmag fmemopen fmin fminimum fminimum_mag "
    "fminimum_mag_num fminimum_num fminmag fmod fnmatch fopen fopencookie foreach forever fork fpathconf "
    "fprintf fputc fputs fputwc fputws fread free freeaddrinfo freelocale freopen frexp fromfp fromfpx "
    "fscanf fseek fseeko fsetpos fstat fstatat fsync ftell ftello ftruncate ftrylockfile funlockfile "
    "futimens futimes futimesat fwide fwprintf fwrite fwscanf gai_cancel gai_error gai_strerror gai_suspend "
    "gaicb gamma gcvt get_current_dir_name getaddrinfo getaddrinfo_a getc getchar getcpu getcwd getdate "
    "getdate_err getdelim getdirentries getdomainname getdtablesize getegid getentropy getenv geteuid getgid "
    "getgrent getgrgid getgrnam getgrouplist getgroups gethostbyaddr gethostbyname gethostbyname2 gethostent "
    "gethostid gethostname getipv4sourcefilter getitimer getline getloadavg getlogin getnameinfo "
    "getnetbyaddr getnetbyname getnetent getnetgrent getopt getopt_long getopt_long_only getpagesize getpass "
    "getpayload getpeername getpgid getpgrp getpid getppid getpriority getprotobyname getprotobynumber "
    "getprotoent getpt getpw getpwent getpwnam getpwuid getresgid getresuid getrlimit getrpcbyname "
    "getrpcbynumber getrpcent getrusage getservbyname getservbyport getservent getsid getsockname getsockopt "
    "getsourcefilter getsubopt gettext gettid gettimeofday getuid getumask getusershell getw getwc getwchar "
    "getwd glob glob_pattern_p globfree gmtime grantpt group group_filter group_member group_req "
    "group_source_req gsignal h_addr h_errno hcreate hdestroy herror hostent hppa hsearch hsearch_data "
    "hstrerror htobe16 htobe32 htole16 htole32 htonl htons hyper hypot i386 iconv iconv_close iconv_open "
    "ilogb imaxabs imaxdiv in6_addr in6_pktinfo in6addr_any in6addr_loopback in_addr in_pktinfo index "
    "initgroups initstate innetgr insque interface ioctl iovec ip6_mtuinfo ip_mreq ip_mreq_source ip_mreqn "
    "ip_msfilter ip_opts ipv6_mreq iruserok iruserok_af isalnum isalpha isascii isatty isblank iscanonical "
    "iscntrl isctype isdigit iseqsig isfdtype isgraph islower isprint ispunct issignaling isspace "
    "issubnormal isupper iswalnum iswalpha iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint "
    "iswpunct iswspace iswupper iswxdigit isxdigit iszero itimerspec itimerval j0 j1 jmp_buf jn jrand48 kill "
    "killpg l64a labs lchmod lchown lcong48 lconv ldexp ldiv le16toh le32toh le64toh leaf lfind lgamma "
    "linger link linkat linux listen llabs lldiv llogb llrint llround localeconv localtime lockf log log10 "
    "log1p log2 logb longjmp lrand48 lrint lround lsearch lseek lstat lutimes madvise main major makedev "
    "mallinfo mallinfo2 malloc malloc_info malloc_stats malloc_trim malloc_usable_size mallopt "
    "math_errhandling max mblen mbrlen mbrtoc16 mbrtoc32 mbrtoc8 mbrtowc mbsinit mbsnrtowcs mbsrtowcs "
    "mbstowcs mbtowc memalign memccpy memchr memcmp memcpy memfd_create memfrob memmem memmove mempcpy "
    "memrchr memset min mincore minor mips mkdir mkdirat mkdtemp mkfifo mkfifoat mknod mknodat mkostemp "
    "mkostemps mkstemp mkstemps mktemp mktime mlock mlock2 mlockall mmap mmsghdr modf move mprotect mrand48 "
    "mremap msghdr msync munlock munlockall munmap name_to_handle_at nan nanosleep nca near nearbyint netent "
    "newlocale nextafter nextdown nexttoward nextup ngettext nice nil nl_catd nl_item nl_langinfo "
    "no_argument nrand48 ntohl ntohs obstack obstack_printf obstack_vprintf offsetof on_exit open "
    "open_by_handle_at open_memstream open_wmemstream openat opendir openlog optarg opterr optind option "
    "optional_argument optopt osockaddr pascal passwd pathconf pause pclose perror pipe pipe2 pkey_alloc "
    "pkey_free pkey_get pkey_mprotect pkey_set poll pollfd popen postorder pow ppoll pread preadv preadv2 "
    "preadv64v2 preorder printf prlimit process_madvise process_mrelease process_vm_readv process_vm_writev "
    "profil program_invocation_name program_invocation_short_name protoent pselect psiginfo psignal ptsname "
    "putc putchar putenv putgrent putpwent puts putw putwc putwchar pvalloc pwrite pwritev pwritev2 "
    "pwritev64v2 qecvt qelem qfcvt qgcvt qsort quick_exit raise rand random random_data rawmemchr rcmd "
    "rcmd_af read readahead readdir readlink readlinkat readv realloc reallocarray realpath recv recvfrom "
    "recvmmsg recvmsg refresh remainder remap_file_pages remove remque remquo rename renameat renameat2 "
    "require required_argument revoke rewind rewinddir rexec rexec_af rindex rint rlimit rmdir round "
    "roundeven rpcent rpmatch rresvport rresvport_af rusage ruserok ruserok_af s6_addr s6_addr16 s6_addr32 "
    "sa_handler sa_sigaction sbrk scalb scalbln scalbn scandir scandirat scanf secure_getenv seed48 seekdir "
    "select send sendmmsg sendmsg sendto servent setbuf setbuffer setdomainname setegid setenv seteuid "
    "setgid setgrent setgroups sethostent sethostid sethostname setipv4sourcefilter setitimer setjmp "
    "setlinebuf setlocale setlogin setlogmask setnetent setnetgrent setns setpayload setpayloadsig setpgid "
    "setpgrp setpriority setprotoent setpwent setregid setresgid setresuid setreuid setrlimit setrpcent "
    "setservent setsid setsockopt setsourcefilter setstate settimeofday setuid setusershell setvbuf shm_open "
    "shm_unlink shutdown si_addr si_addr_lsb si_arch si_band si_call_addr si_fd si_int si_lower si_overrun "
    "si_pid si_pkey si_ptr si_status si_stime si_syscall si_timerid si_uid si_upper si_utime si_value "
    "sigaction sigaddset sigaltstack sigandset sigblock sigcontext sigdelset sigemptyset "
    "sigev_notify_attributes sigev_notify_function sigevent sigfillset siggetmask sighold sigignore "
    "siginterrupt sigisemptyset sigismember sigjmp_buf siglongjmp sigmask signal signals signgam significand "
    "sigorset sigpause sigpending sigprocmask sigqueue sigrelse sigreturn sigset sigsetjmp sigsetmask "
    "sigstack sigsuspend sigtimedwait sigval sigwait sigwaitinfo sin sincos sinh sleep slots small snprintf "
    "sockaddr sockaddr_in sockaddr_in6 sockaddr_storage sockaddr_un sockatmark socket socketpair sparc "
    "splice sprintf sqrt srand srand48 srandom sscanf ssignal st_atime st_ctime st_mtime stat statx "
    "statx_timestamp std stderr stdin stdout stpcpy stpncpy strcasecmp strcasestr strcat strchr strchrnul "
    "strcmp strcoll strcpy strcspn strdup strdupa strerror strfromd strfromf strfroml strfry strftime strlen "
    "strncasecmp strncat strncmp strncpy strndup strndupa strnlen strpbrk strptime strrchr strsep strsignal "
    "strspn strstr strtod strtof strtoimax strtok strtol strtold strtoq strtoul strtoumax strtouq strverscmp "
    "strxfrm sun swab swprintf swscanf symlink symlinkat sync sync_file_range syncfs syscall sysconf syslog "
    "system sysv_signal tan tanh tcdrain tcflow tcflush tcgetattr tcgetpgrp tcgetsid tcsendbreak tcsetattr "
    "tcsetpgrp tdelete tdestroy tee telldir tempnam termio termios textdomain tfind tgamma tgkill time "
    "timegm timelocal timeout timeradd timerclear timercmp timerisset timersub timespec timespec_get "
    "timespec_getres timeval timex timezone tm tmpfile tmpnam toascii tolower totalorder totalordermag "
    "toupper towctrans towlower towupper trunc truncate tsearch ttyname ttyslot twalk tzname tzset u_char "
    "u_int u_long u_short ualarm ucred ufromfp ufromfpx uint ulong umask uname ungetc ungetwc unix unlink "
    "unlinkat unlockpt unsetenv unshare uselocale ushort usleep utimbuf utime utimensat utimes utsname "
    "va_arg va_copy va_end va_list va_start valloc vasprintf vax vdprintf verify versionsort vfork vfprintf "
    "vfscanf vfwprintf vfwscanf vhangup vmsplice vprintf vscanf vsnprintf vsprintf vsscanf vswprintf "
    "vswscanf vsyslog vwprintf vwscanf wait wait3 wait4 waitid waitpid wcpcpy wcpncpy wcrtomb wcscasecmp "
    "wcscat wcschr wcschrnul wcscmp wcscoll wcscpy wcscspn wcsdup wcsftime wcslen wcsncasecmp wcsncat "
    "wcsncmp wcsncpy wcsnlen wcsnrtombs wcspbrk wcsrchr wcsrtombs wcsspn wcsstr wcstod wcstof wcstoimax "
    "wcstok wcstol wcstold wcstombs wcstoq wcstoul wcstoumax wcstouq wcswcs wcswidth wcsxfrm wctob wctomb "
    "wctrans wctype wcwidth winsize wmemchr wmemcmp wmemcpy wmemmove wmempcpy wmemset wordexp wordfree "
    "wprintf write writev wscanf xsimd y0 y1 yn ";

/// True for names of the lists, capitals, which are the names of macros, and what libraries make of their names: sinf,
/// strtol_l, time_t, pthread_create.
[[nodiscard]] constexpr bool is_taken_name(std::string_view name) noexcept {
    const auto has = [](std::string_view list, std::string_view word) {
        for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
            if (list[at - 1] == ' ' && list[at + word.size()] == ' ') return true;
        }
        return false;
    };
    constexpr std::string_view prefixes[] = {"pthread_", "posix_", "sem_",   "sched_", "clock_", "timer_",
                                             "inet_",    "inet6_", "mtx_",   "cnd_",   "thrd_",  "tss_"};
    constexpr std::string_view suffixes[] = {"_t", "_r", "_l", "_np", "_unlocked", "64", "f32", "f32x", "f64x", "f128"};
    if (std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; })) return true;
    if (std::any_of(std::begin(prefixes), std::end(prefixes), [&](auto part) { return name.starts_with(part); })) {
        return true;
    }
    if (std::any_of(std::begin(suffixes), std::end(suffixes), [&](auto part) { return name.ends_with(part); })) {
        return true;
    }
    if (has(keywords, name) || has(global_names, name)) return true;
    const bool is_variant = name.size() > 1 && (name.back() == 'f' || name.back() == 'l');
    return is_variant && has(global_names, name.substr(0, name.size() - 1));
}

} // namespace nca::inline NCA_ABI::detail::io

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_TAKEN_NAMES_HPP
