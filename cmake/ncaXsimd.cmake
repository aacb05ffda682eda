# SPDX-License-Identifier: Apache-2.0
# Debian's xsimd 8.1 names `xtl` among its link libraries without looking for it, and does not depend on its package:
# the linker would be asked for a library libxtl that does not exist. nca does not use the types that need xtl.
if(NOT TARGET xtl)
    get_target_property(nca_xsimd_links xsimd INTERFACE_LINK_LIBRARIES)
    if("xtl" IN_LIST nca_xsimd_links)
        list(REMOVE_ITEM nca_xsimd_links xtl)
        set_target_properties(xsimd PROPERTIES INTERFACE_LINK_LIBRARIES "${nca_xsimd_links}")
    endif()
    unset(nca_xsimd_links)
endif()
